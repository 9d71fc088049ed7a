// Starts what Wagtail's widgets start by inline scripts, which the Content-Security-Policy
// refuses: its name and arguments stand beside the widget as data (lms/core/widgets.py).
(() => {
  const KNOWN = /^(?:InlinePanel|MultipleChooserPanel|[A-Za-z]*Chooser)$/;

  class Start extends window.StimulusModule.Controller {
    static values = { call: String, arguments: Array };

    connect() {
      // Once only: a row that is moved connects again.
      this.element.remove();
      const name = this.callValue;
      if (!KNOWN.test(name)) return;
      if (/^[A-Z]/.test(name)) {
        new window[name](...this.argumentsValue);
      } else {
        window[name](...this.argumentsValue);
      }
    }
  }

  window.wagtail.app.register("start", Start);
})();

// Wagtail asks its table editor for "ja" in whatever language the admin is, and the editor knows
// English alone. Before any table starts, "ja" becomes the words of its menu in the language shown.
document.addEventListener("readystatechange", () => {
  const languages = window.Handsontable?.languages;
  if (!languages) return;
  const keys = languages.dictionaryKeys;
  const japanese = {
    [keys.CONTEXTMENU_ITEMS_ROW_ABOVE]: "上に行を挿入",
    [keys.CONTEXTMENU_ITEMS_ROW_BELOW]: "下に行を挿入",
    [keys.CONTEXTMENU_ITEMS_INSERT_LEFT]: "左に列を挿入",
    [keys.CONTEXTMENU_ITEMS_INSERT_RIGHT]: "右に列を挿入",
    [keys.CONTEXTMENU_ITEMS_REMOVE_ROW]: "行を削除",
    [keys.CONTEXTMENU_ITEMS_REMOVE_COLUMN]: "列を削除",
    [keys.CONTEXTMENU_ITEMS_UNDO]: "元に戻す",
    [keys.CONTEXTMENU_ITEMS_REDO]: "やり直す",
  };
  const shown = document.documentElement.lang === "ja" ? japanese : {};
  languages.registerLanguageDictionary({
    ...languages.getLanguageDictionary("en-US"),
    ...shown,
    languageCode: "ja",
  });
});
