// Saves each answer as soon as it is given, and keeps what could not be sent until it can.
//
// An answer carries a sequence number, one higher with every change. The server keeps the highest,
// so sending the same answer again, or an old one late, does no harm.
//
// On a shared PC somebody else may sign in while this page is open. The attempt is not found for
// them: what was answered is hidden from them, kept, and sent when its owner is back.
"use strict";

(() => {
  const form = document.querySelector("form[data-quiz]");
  if (!form) return;

  const FIRST_PAUSE = 2000;
  const LONGEST_PAUSE = 30000;
  const PATIENCE = 20000;
  const KEPT_FOR = 30 * 24 * 60 * 60 * 1000;
  const text = form.dataset;
  const alertBox = form.querySelector("[data-quiz-alert]");
  const signIn = form.querySelector("[data-quiz-sign-in]");
  const bar = form.querySelector("progress");
  const barText = form.querySelector(".progress__text");
  const actions = form.querySelector(".quiz__actions");

  const storage = {
    prefix: "quiz:",
    key: (position) => `${storage.prefix}${text.quiz}:${position}`,
    read(position) {
      try {
        return JSON.parse(localStorage.getItem(this.key(position)));
      } catch {
        return null;
      }
    },
    write(position, answer) {
      try {
        localStorage.setItem(this.key(position), JSON.stringify(answer));
      } catch {
        // A full or forbidden store: the answer is still kept on the page.
      }
    },
    forget(position) {
      try {
        localStorage.removeItem(this.key(position));
      } catch {
        // Nothing was kept.
      }
    },
    // What its owner never came back for does not stay on a shared PC for ever.
    clear() {
      try {
        for (const key of Object.keys(localStorage).filter((one) => one.startsWith(this.prefix))) {
          const { at = 0 } = JSON.parse(localStorage.getItem(key)) ?? {};
          if (Date.now() - at > KEPT_FOR) localStorage.removeItem(key);
        }
      } catch {
        // Nothing to clear.
      }
    },
  };

  // Signing in again changes the token, and the cookie has the new one.
  const token = () => {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  };

  let pause = FIRST_PAUSE;
  let timer = null;
  let leaving = false;
  let onSettled = null;
  let somebodyElse = false;

  class Question {
    constructor(root) {
      this.root = root;
      this.position = root.dataset.question;
      this.state = root.querySelector("[data-state]");
      this.inputs = [...root.querySelectorAll("input[type=radio], input[type=checkbox]")];
      this.counter = form.elements[`sequence-${this.position}`];
      this.sequence = Number(this.counter.value);
      this.unsaved = false;
      this.sending = false;
      this.refused = false;
    }

    get chosen() {
      return this.inputs.filter((input) => input.checked).map((input) => input.value);
    }

    show(chosen) {
      for (const input of this.inputs) input.checked = chosen.includes(input.value);
    }

    say(message, problem = false) {
      if (this.state.textContent.trim() !== message) this.state.textContent = message;
      this.state.classList.toggle("question__state--problem", problem);
    }

    change() {
      this.sequence += 1;
      this.unsaved = true;
      this.refused = false;
      storage.write(this.position, { sequence: this.sequence, chosen: this.chosen, at: Date.now() });
      this.say(text.saving);
      this.send();
    }

    restore() {
      const kept = storage.read(this.position);
      if (!kept) return;
      const known = this.inputs.map((input) => input.value);
      if (kept.sequence <= this.sequence || !kept.chosen.every((uid) => known.includes(uid))) {
        storage.forget(this.position);
        return;
      }
      this.sequence = kept.sequence;
      this.unsaved = true;
      this.show(kept.chosen);
      this.say(text.restored);
      this.send();
    }

    async send() {
      if (this.sending || !this.unsaved || this.refused) return;
      this.sending = true;
      const sequence = this.sequence;
      const body = new URLSearchParams({ sequence: String(sequence) });
      for (const uid of this.chosen) body.append("chosen", uid);
      let reply = null;
      try {
        reply = await fetch(this.root.dataset.href, {
          method: "POST",
          body,
          redirect: "error",
          headers: { Accept: "application/json", "X-CSRFToken": token() },
          signal: AbortSignal.timeout(PATIENCE),
        });
        await this.take(reply, sequence);
      } catch {
        this.keep(text.unsaved);
      }
      this.sending = false;
      if (this.unsaved && this.sequence !== sequence) this.send();
      settle();
    }

    async take(reply, sequence) {
      if (reply.ok) {
        const saved = await reply.json();
        pause = FIRST_PAUSE;
        signIn.hidden = true;
        showOnlyToOwner(false);
        if (this.sequence !== sequence) return;
        this.unsaved = false;
        this.sequence = saved.sequence;
        this.counter.value = saved.sequence;
        if (!saved.accepted) this.show(saved.chosen);
        storage.forget(this.position);
        this.say(saved.message, !saved.accepted);
      } else if (reply.status === 401 || reply.status === 403) {
        signIn.hidden = false;
        this.keep(text.unsaved);
      } else if (reply.status === 404) {
        showOnlyToOwner(true);
        this.keep(text.unsaved);
      } else if ([400, 409].includes(reply.status)) {
        const kind = reply.headers.get("Content-Type") || "";
        const message = kind.includes("json") ? (await reply.json()).message : text.refused;
        this.refused = true;
        this.unsaved = false;
        storage.forget(this.position);
        this.say(message, true);
      } else {
        this.keep(text.unsaved);
      }
    }

    keep(message) {
      this.say(message, true);
      if (!timer) {
        timer = setTimeout(sendAll, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  const questions = [...form.querySelectorAll("[data-question]")].map((root) => new Question(root));
  const waiting = () => questions.filter((question) => question.unsaved);

  function sendAll() {
    clearTimeout(timer);
    timer = null;
    for (const question of waiting()) question.send();
  }

  function showOnlyToOwner(isSomebodyElse) {
    somebodyElse = isSomebodyElse;
    for (const question of questions) question.root.hidden = somebodyElse;
    actions.hidden = somebodyElse;
  }

  async function lookWhoIsHere() {
    try {
      const reply = await fetch(form.action, { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (reply.ok || reply.status === 404) showOnlyToOwner(reply.status === 404);
      settle();
    } catch {
      // Without a connection nobody else has signed in.
    }
  }

  function settle() {
    const stuck = waiting().filter((question) => !question.sending);
    let message = "";
    if (somebodyElse) message = text.somebodyElse;
    else if (stuck.length) message = signIn.hidden ? text.waiting : text.signedOut;
    if (alertBox.textContent !== message) alertBox.textContent = message;
    if (onSettled && questions.every((question) => !question.sending)) {
      const go = onSettled;
      onSettled = null;
      if (!stuck.length) go();
    }
  }

  function count() {
    const answered = questions.filter((question) => question.chosen.length).length;
    bar.value = answered;
    barText.textContent = text.answered.replace("__", answered);
  }

  function hurry() {
    pause = FIRST_PAUSE;
    sendAll();
  }

  form.addEventListener("change", (event) => {
    const root = event.target.closest("[data-question]");
    const question = questions.find((one) => one.root === root);
    if (!question) return;
    question.change();
    count();
  });

  // The page goes on only when the server has every answer.
  form.addEventListener("submit", (event) => {
    form.elements.csrfmiddlewaretoken.value = token();
    if (!waiting().length) {
      leaving = true;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    onSettled = () => form.requestSubmit(button);
    hurry();
    settle();
  });

  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    hurry();
    lookWhoIsHere();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && waiting().length) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  form.querySelector("[data-quiz-save]").hidden = true;
  storage.clear();
  for (const question of questions) question.restore();
  count();
})();
