// Every deal as it is, then every change: go run feed.go http://127.0.0.1:8000 "$(./crm token)".
// Nothing but the standard library. `--once` ends when there is nothing new.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
)

type feedPage struct {
	Events []struct {
		Event struct {
			Type, Subject, Time string
			Revision            int
		}
	}
	Next int64
}

type dealPage struct {
	Items []struct {
		ID       string
		Revision int
	}
	NextCursor *string `json:"next_cursor"`
}

func get(path string, asked url.Values, into any) {
	request, err := http.NewRequest("GET", os.Args[1]+path+"?"+asked.Encode(), nil)
	check(err)
	request.Header.Set("Authorization", "Bearer "+os.Args[2])
	answer, err := http.DefaultClient.Do(request)
	check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		check(fmt.Errorf("%s: %s %s", path, answer.Status, body))
	}
	check(json.NewDecoder(answer.Body).Decode(into))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	// the position first: what changes while the list is read comes again by the events
	var at struct{ Position int64 }
	get("/v1/events/position", nil, &at)
	known, asked := map[string]int{}, url.Values{"limit": {"500"}}
	for {
		var page dealPage
		get("/v1/deals", asked, &page)
		for _, deal := range page.Items {
			known[deal.ID] = deal.Revision
		}
		if page.NextCursor == nil {
			break
		}
		asked.Set("cursor", *page.NextCursor)
	}
	fmt.Printf("%d deals at position %d\n", len(known), at.Position)
	once := len(os.Args) > 3 && os.Args[3] == "--once"
	asked = url.Values{"types": {"crm.deals.deal.>"}, "wait": {"30"}}
	if once {
		asked.Set("wait", "0")
	}
	for {
		var page feedPage
		asked.Set("after", strconv.FormatInt(at.Position, 10))
		get("/v1/events", asked, &page)
		for _, told := range page.Events {
			event := told.Event
			// at least once, and perhaps what the list had already: the revision tells
			if event.Revision > known[event.Subject] {
				known[event.Subject] = event.Revision
				fmt.Println(event.Time, event.Type, event.Subject)
			}
		}
		at.Position = page.Next // keep it together with what was done; 410 means: begin anew
		if once && len(page.Events) == 0 {
			return
		}
	}
}
