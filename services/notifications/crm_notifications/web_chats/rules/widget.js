// One file, two parts: on the company's page a button that opens a frame, within the frame the talk.
(() => {
  "use strict";
  const root = document.documentElement;
  const script = document.currentScript;

  function page() {
    const base = script.src.replace(/widget\.js.*$/, "");
    const language = root.lang || navigator.language || "";
    const label = { uk: "Чат", ru: "Чат" }[language.slice(0, 2)] || "Chat";
    let frame = null;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-expanded", "false");
    Object.assign(button.style, {
      position: "fixed", right: "16px", bottom: "16px", zIndex: 2147483000, border: 0,
      borderRadius: "24px", padding: "12px 20px", font: "600 16px system-ui,sans-serif",
      color: "#fff", background: script.dataset.color || "#0b5cad", cursor: "pointer",
    });

    function show(isOpen) {
      if (frame === null) {
        frame = document.createElement("iframe");
        frame.title = label;
        const key = encodeURIComponent(script.dataset.key);
        frame.src = `${base}frames/${key}?lang=${encodeURIComponent(language)}`;
        Object.assign(frame.style, {
          position: "fixed", right: "16px", bottom: "72px", zIndex: 2147483000, border: 0,
          width: "min(370px, calc(100vw - 32px))", height: "min(560px, calc(100vh - 96px))",
          borderRadius: "12px", boxShadow: "0 8px 32px rgba(0,0,0,.3)",
        });
        document.body.append(frame);
      }
      frame.style.display = isOpen ? "block" : "none";
      button.setAttribute("aria-expanded", String(isOpen));
      button.textContent = label;
      if (!isOpen) button.focus();
    }

    button.addEventListener("click", () => {
      show(button.getAttribute("aria-expanded") !== "true");
    });
    addEventListener("message", (told) => {
      if (frame === null || told.source !== frame.contentWindow) return;
      if (told.data === "crm-chat-close") show(false);
      const isShut = button.getAttribute("aria-expanded") !== "true";
      if (told.data === "crm-chat-news" && isShut) button.textContent = `${label} (1)`;
    });
    document.body.append(button);
  }

  function talk() {
    const $ = (id) => document.getElementById(id);
    const at = `../visits/${encodeURIComponent(root.dataset.chat)}`;
    const place = `crm-chat-${root.dataset.chat}`;
    const form = $("write");
    const greeting = $("said").firstElementChild;
    const waiting = new Map();
    let unsent = null;
    let said = [];
    let seen = 0;
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(place)) || {};
    } catch { /* a browser that keeps nothing: the talk lasts as long as the page */ }

    function keep(values) {
      kept = values;
      try {
        localStorage.setItem(place, JSON.stringify(kept));
      } catch { /* as above */ }
    }

    function note(text) {
      $("note").textContent = text;
      $("note").hidden = !text;
    }

    function ask(isAsked) {
      $("who").hidden = $("who").disabled = !isAsked;
    }

    function bubble(word, isWaiting) {
      const line = document.createElement("p");
      line.className = word.direction + (isWaiting ? " waiting" : "");
      line.setAttribute("aria-label", `${root.dataset[word.direction === "inbound" ? "you" : "us"]}: ${word.text}`);
      line.textContent = word.text;
      return line;
    }

    function draw() {
      for (const word of said) waiting.delete(word.id);
      $("said").replaceChildren(
        greeting,
        ...said.map((word) => bubble(word, false)),
        ...[...waiting.values()].map((word) => bubble(word, true)),
      );
      $("said").scrollTop = $("said").scrollHeight;
    }

    async function call(path, options) {
      const headers = { "X-Chat-Visit": kept.visit || "" };
      if (options.body) headers["Content-Type"] = "application/json";
      const answer = await fetch(at + path, { ...options, headers });
      if (answer.status === 401) {
        keep({ ...kept, visit: null });
        [said, seen] = [[], 0];
        ask(true);
      }
      return answer;
    }

    async function begin(values) {
      const body = { consent: values.has("consent"), website: values.get("website") || "" };
      const answer = await call("", { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) return answer;
      const who = {};
      for (const name of ["name", "email", "phone"]) who[name] = values.get(name) || null;
      keep({ ...who, visit: (await answer.json()).visit });
      return null;
    }

    async function refused(answer) {
      const faults = answer.status === 422 ? (await answer.json()).errors : [];
      if (!said.length && faults.some(({ pointer }) => /^\/(name|email|phone|consent)/.test(pointer))) {
        // the address is asked for anew, with what was given before
        ask(true);
        keep({ ...kept, visit: null });
      }
      const words = { 401: "over", 422: "invalid", 429: "often" };
      note(root.dataset[words[answer.status] || "failed"]);
    }

    async function send(values) {
      const text = values.get("text").trim();
      if (!text) return undefined;
      if (!kept.visit) {
        const no = await begin(values);
        if (no) return refused(no);
      }
      // tried again it is the same word: its answer may only have been lost
      if (unsent?.text !== text) unsent = { id: crypto.randomUUID(), text };
      const { id } = unsent;
      const { name, email, phone } = kept;
      const body = { id, text, name, email, phone, language: root.lang };
      const answer = await call("/messages", { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) return refused(answer);
      unsent = null;
      waiting.set(id, { direction: "inbound", text });
      form.elements.text.value = "";
      ask(false);
      note("");
      draw();
      return undefined;
    }

    async function listen() {
      let pause = 1000;
      for (;;) {
        try {
          if (kept.visit) {
            const answer = await call(`/messages?seen=${seen}&wait=25`, {});
            if (answer.ok) {
              const news = await answer.json();
              const isOurs = news.seen > seen && news.messages.at(-1)?.direction === "outbound";
              if (news.seen !== seen) {
                [said, seen] = [news.messages, news.seen];
                draw();
              }
              if (isOurs) parent.postMessage("crm-chat-news", "*");
              pause = 1000;
            } else {
              pause = Math.min(pause * 2, 60000);
            }
          }
        } catch {
          pause = Math.min(pause * 2, 60000);
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        await send(new FormData(form));
      } catch {
        note(root.dataset.failed);
      }
      button.disabled = false;
      form.elements.text.focus();
    });
    form.elements.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    $("close").addEventListener("click", () => parent.postMessage("crm-chat-close", "*"));
    ask(!kept.visit);
    listen();
  }

  if (root.dataset.chat) talk();
  else if (document.body) page();
  else addEventListener("DOMContentLoaded", page);
})();
