// Keeps the list of alerts current. Cards come rendered from the server, escaped there; nothing is built from text here.
"use strict";

(() => {
  const body = document.body;
  const retry = Number(body.dataset.retry || 0);
  if (retry) {
    setTimeout(() => location.reload(), retry);
    return;
  }

  const list = document.getElementById("alerts");
  const news = document.getElementById("news");
  const connection = document.getElementById("connection");
  const connectionWords = document.getElementById("connection-words");
  const limit = Number(body.dataset.limit);
  const title = document.title;
  let cursor = body.dataset.cursor;
  let pending = new Map(); // alert id -> newest card of it, until the next flush
  let scheduled = false;
  let unseen = 0;

  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.children];
  };

  const wanted = (card) =>
    (!body.dataset.tier || body.dataset.tier === card.dataset.tier) &&
    (!body.dataset.kind || body.dataset.kind === card.dataset.kind);

  const state = (name, words) => {
    if (connection.dataset.state !== name) {
      connection.dataset.state = name;
      connectionWords.textContent = words;
    }
  };

  // --- times: how long ago, beside the time itself ---
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
  const ago = (time) => {
    const seconds = Math.round((Date.parse(time.dateTime) - Date.now()) / 1000);
    const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
    const step = steps.find(([, size]) => -seconds >= size);
    time.dataset.ago = step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : "just now";
  };
  const agoAll = (root) => root.querySelectorAll("time[data-ago]").forEach(ago);

  // --- cards ---
  const place = (card) => {
    const old = document.getElementById(card.id);
    if (old && Number(old.dataset.sequence) >= Number(card.dataset.sequence)) return null;
    agoAll(card);
    if (old) {
      if (!wanted(card)) {
        old.remove();
        return null;
      }
      const open = [...old.querySelectorAll("details[open]")].map((details) => details.className);
      const focused = old.contains(document.activeElement);
      old.replaceWith(card);
      for (const details of card.querySelectorAll("details")) details.open = open.includes(details.className);
      if (focused) card.querySelector("a")?.focus({ preventScroll: true });
      card.classList.add("changed");
      return null;
    }
    if (!wanted(card) || card.dataset.type === "alert.retracted") return null;
    card.classList.add("fresh");
    list.prepend(card);
    return card;
  };

  const flush = () => {
    scheduled = false;
    const added = [...pending.values()].map(place).filter(Boolean);
    pending = new Map();
    while (list.children.length > limit) list.lastElementChild.remove();
    if (!added.length) return;
    const newest = added[added.length - 1];
    news.textContent =
      added.length === 1
        ? `New ${"late" in newest.dataset ? "late " : ""}${newest.dataset.tier} alert: ${newest.querySelector("h2").textContent}`
        : `${added.length} new alerts`;
    if (document.hidden) {
      unseen += added.length;
      document.title = `(${unseen}) ${title}`;
    }
  };

  const take = (event) => {
    cursor = event.lastEventId;
    for (const card of parse(event.data)) {
      pending.delete(card.id); // so that the order is that of the last change
      pending.set(card.id, card);
    }
    if (!scheduled) {
      scheduled = true;
      setTimeout(flush, 40); // a burst becomes one change of the page
    }
  };

  const replaceAll = (event) => {
    cursor = event.lastEventId;
    pending = new Map();
    const cards = parse(event.data).filter(wanted).slice(0, limit);
    cards.forEach(agoAll);
    list.replaceChildren(...cards);
    news.textContent = "The list was loaded anew.";
  };

  // --- connection: the browser reconnects by itself, except after an HTTP error ---
  const connect = () => {
    const source = new EventSource(`/fragments/stream?last_event_id=${encodeURIComponent(cursor)}`);
    source.addEventListener("open", () => state("live", "Live"));
    for (const name of ["alert", "update", "retract"]) source.addEventListener(name, take);
    source.addEventListener("gap", replaceAll);
    source.addEventListener("error", () => {
      state("waiting", "Reconnecting…");
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      unseen = 0;
      document.title = title;
    }
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  agoAll(document);
  setInterval(() => agoAll(document), 15000);
  state("waiting", "Connecting…");
  connect();
})();
