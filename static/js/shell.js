/* The shell works without this file; with it, menus close, dialogs open and errors receive the
   focus. */
"use strict";

// A form that came back with errors: say so, where the keyboard is.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("[data-focus]")?.focus();
});

// Menus close with Escape, and when the person goes on elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.(".menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
// An open one would cover what the Tab key comes to next.
for (const moved of ["click", "focusin"]) {
  document.addEventListener(moved, (event) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// What would open on a page of its own opens above this one. Closing gives the focus back by itself.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-opens-dialog]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (link && plain) {
    link.closest("figure, section").querySelector("dialog").showModal();
    event.preventDefault();
  }
  // A click beside the dialog hits the dialog itself; one inside hits what stands in it.
  if (event.target.matches?.("dialog[open]")) event.target.close();
});

// A session that ended answers an htmx request with the sign-in page: show it whole.
document.addEventListener("htmx:beforeSwap", (event) => {
  const path = new URL(event.detail.xhr.responseURL || location.href).pathname;
  if (path === "/account/login/") {
    event.detail.shouldSwap = false;
    location.assign(`/account/login/?next=${encodeURIComponent(location.pathname)}`);
  }
});

// A failure must be seen, not only be in the console.
document.addEventListener("htmx:responseError", (event) => showFailure(event));
document.addEventListener("htmx:sendError", (event) => showFailure(event));
function showFailure(event) {
  const place = document.getElementById("messages");
  const text = document.body.dataset.failure;
  if (!place || !text || event.defaultPrevented) return;
  const notice = document.createElement("div");
  notice.className = "notice notice--error";
  const sentence = document.createElement("p");
  sentence.textContent = text;
  notice.append(sentence);
  place.replaceChildren(notice);
}
