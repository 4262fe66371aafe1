// Keeps every event once: go run consumer.go "$(the line ./crm nats-user add NAME printed)".
// go get github.com/nats-io/nats.go
// The events stand in events.jsonl; --once ends when there is nothing new.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const subject, stream, file = "crm.deals.>", "CRM_DEALS", "events.jsonl"

func idOf(event []byte) string {
	var named struct{ ID string }
	check(json.Unmarshal(event, &named))
	return named.ID
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	line, err := url.Parse(os.Args[1])
	check(err)
	name, once := line.User.Username(), len(os.Args) > 2 && os.Args[2] == "--once"
	kept, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	check(err)
	known, lines := map[string]bool{}, bufio.NewScanner(kept)
	lines.Buffer(nil, 1<<21)
	for lines.Scan() {
		known[idOf(lines.Bytes())] = true
	}
	client, err := nats.Connect(os.Args[1], nats.CustomInboxPrefix("_INBOX_"+name))
	check(err)
	broker, err := jetstream.New(client)
	check(err)
	// the broker keeps our place under this name, from the oldest event on
	events, err := broker.CreateOrUpdateConsumer(context.Background(), stream, jetstream.ConsumerConfig{
		Durable: name, FilterSubject: subject, AckPolicy: jetstream.AckExplicitPolicy,
	})
	check(err)
	wait := 30 * time.Second
	if once {
		wait = time.Second
	}
	for {
		batch, err := events.Fetch(100, jetstream.FetchMaxWait(wait))
		check(err)
		var held []jetstream.Msg
		for each := range batch.Messages() {
			held = append(held, each)
			// what comes twice, and it may, has one id and is kept once
			if id := idOf(each.Data()); !known[id] {
				_, err = kept.Write(append(each.Data(), '\n'))
				check(err)
				known[id] = true
			}
		}
		check(kept.Sync())
		for _, each := range held {
			check(each.Ack()) // only now: what was not acknowledged comes again
		}
		if once && len(held) == 0 {
			return
		}
	}
}
