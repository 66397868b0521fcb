// Runs before the first paint, so that a chosen theme or language never flashes in as the other one.
// A file rather than an inline script because the page's policy admits no inline script.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    var lang = localStorage.getItem("lang") || navigator.language || "en";
    root.lang = lang.slice(0, 2).toLowerCase() === "fr" ? "fr" : "en";
  } catch (_) {
    // Storage can be forbidden; the page then follows the system.
  }
})();
