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
