/* A lesson reads well without this file; with it, the place that was reached is kept. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const body = document.querySelector(".lesson__body");
  if (body) followReading(body);
  document.querySelectorAll("[data-viewing]").forEach(keepViewing);
  // Browsers offer the clipboard over HTTPS and on the machine itself only.
  if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(offerCopy);
});

const SECONDS_BETWEEN = 10;

// Signing in again in another tab changes the token, and the cookie has the new one.
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

function followReading(body) {
  const headings = [...body.querySelectorAll("h2[id]")];
  let kept = "";
  let timer = 0;
  let current = "";

  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    if (!body.dataset.place || !current || current === kept) return;
    kept = current;
    fetch(body.dataset.place, {
      method: "POST",
      keepalive: true,
      headers: { "X-CSRFToken": token() },
      body: new URLSearchParams({ section: current.replace("section-", "") }),
    }).catch(() => {
      kept = "";
    });
  };
  const look = () => {
    // The section being read is the last one whose heading has passed the middle of the window.
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 2);
    const now = passed.at(-1)?.id ?? "";
    if (now === current) return;
    current = now;
    for (const link of document.querySelectorAll(".lesson__contents a")) {
      if (link.hash === `#${current}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    timer ||= setTimeout(keep, SECONDS_BETWEEN * 1000);
  };
  document.addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", keep);
  window.addEventListener("pagehide", keep);
  look();
}

function offerCopy(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const figure = button.closest("figure");
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    figure.querySelector("[role=status]").textContent = button.dataset.copied;
  });
}

// What was played is told every few seconds and whenever it stops. The browser keeps the list
// (media.played), and the server joins it to what it knows: telling it twice does no harm.
function keepViewing(box) {
  const media = box.closest("figure").querySelector("video, audio");
  const told = box.querySelector("[data-told]");
  const goOn = box.querySelector("[data-go-on]");
  let timer = 0;

  const keep = async () => {
    clearTimeout(timer);
    timer = 0;
    const ranges = Array.from(media.played, (_, index) => [media.played.start(index), media.played.end(index)]);
    if (!ranges.length) return;
    try {
      const reply = await fetch(box.dataset.viewing, {
        method: "POST",
        redirect: "error",
        keepalive: true,
        headers: { "X-CSRFToken": token() },
        body: new URLSearchParams({ ranges: JSON.stringify(ranges), position: media.currentTime }),
      });
      if (!reply.ok) throw new Error(reply.status);
      const state = await reply.json();
      told.textContent = state.told;
      box.querySelector("progress").value = state.seconds;
      const waiting = document.querySelector(`[data-missing="${box.dataset.recording}"]`);
      if (waiting && !state.isMissing) waiting.hidden = true;
    } catch {
      told.textContent = box.dataset.unsaved;
      timer ||= setTimeout(keep, SECONDS_BETWEEN * 1000);
    }
  };
  media.addEventListener("timeupdate", () => {
    timer ||= setTimeout(keep, SECONDS_BETWEEN * 1000);
  });
  for (const event of ["pause", "ended"]) media.addEventListener(event, keep);
  document.addEventListener("visibilitychange", () => document.hidden && keep());
  window.addEventListener("pagehide", keep);
  window.addEventListener("online", keep);
  goOn?.addEventListener("click", () => {
    media.currentTime = Number(box.dataset.position);
    media.play();
    media.focus();
  });
  media.addEventListener("play", () => goOn?.remove(), { once: true });
  box.hidden = false;
}
