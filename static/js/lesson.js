/* A lesson reads well without this file; with it, the place that was reached is kept. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const body = document.querySelector(".lesson__body");
  if (body) followReading(body);
  // Browsers offer the clipboard over HTTPS and on the machine itself only.
  if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach(offerCopy);
});

const SECONDS_BETWEEN = 10;

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
      headers: JSON.parse(document.body.getAttribute("hx-headers")),
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
