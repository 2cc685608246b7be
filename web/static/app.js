// Keyboard, help, and what happens when a partial update fails. Pages read without it.
"use strict";

(() => {
  for (const element of document.querySelectorAll("[data-needs-script]")) {
    element.hidden = false;
  }

  const help = document.getElementById("help");
  document.querySelector("[data-help]").addEventListener("click", () => help.showModal());

  const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (help.open) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?") {
      event.preventDefault();
      help.showModal();
    }
  });

  // What is typed into the search at one go is one step back, however many answers came between.
  let searched = false;
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    const cause = event.detail.requestConfig?.triggeringEvent;
    const isSearch = cause?.type === "input" && cause.target.matches("[data-search]");
    if (isSearch && searched) event.detail.history.type = "replace";
    searched = isSearch;
  });
  const endSearch = () => { searched = false; };
  addEventListener("popstate", endSearch);
  document.addEventListener("focusout", endSearch);

  // An address holds what was written, not the fields left empty; chosen files are sent.
  const calculator = document.querySelector("[data-calculator]");
  calculator?.addEventListener("submit", (event) => {
    const sending = calculator.querySelector("[formmethod=post]");
    if (event.submitter !== sending && calculator.querySelector("[type=file]").value) {
      event.preventDefault();
      setTimeout(() => calculator.requestSubmit(sending));  // not while this one is under way
      return;
    }
    event.submitter?.setAttribute("aria-busy", "true");
    const empty = [...calculator.elements].filter((one) => one.name && !one.value);
    if (event.submitter !== sending) for (const one of empty) one.disabled = true;
    setTimeout(() => { for (const one of empty) one.disabled = false; });
  });
  addEventListener("pageshow", () => {
    for (const one of document.querySelectorAll("[data-calculator] [aria-busy]")) {
      one.removeAttribute("aria-busy");
    }
  });

  // An error page is a whole page: go there, so that its address and words are seen.
  document.addEventListener("htmx:responseError", (event) => {
    location.assign(event.detail.pathInfo.finalRequestPath);
  });

  document.addEventListener("htmx:sendError", () => {
    const status = document.getElementById("status");
    if (status) status.textContent = "No answer from the server; the table shows the last one.";
  });
})();
