// Shows the part of the question form that its kind needs. Without it, both parts are shown.
"use strict";

(() => {
  const arrange = () => {
    const kind = document.querySelector("select[name=kind]");
    const part = (name) => document.querySelector(`.${name}`)?.closest(".w-panel");
    const rows = part("question-choices");
    const trueFalse = part("question-true-false");
    if (!kind || !rows || !trueFalse) return;
    const show = () => {
      rows.hidden = kind.value === "true_false";
      trueFalse.hidden = kind.value !== "true_false";
    };
    kind.addEventListener("change", show);
    show();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrange);
  else arrange();
})();
