// Sets the chosen theme before the page is drawn; without a choice the system decides.
"use strict";

(() => {
  const KEY = "auditor-theme";
  const CHOICES = ["auto", "light", "dark"];

  const read = () => {
    try {
      const stored = localStorage.getItem(KEY);
      return CHOICES.includes(stored) ? stored : "auto";
    } catch {
      return "auto"; // Storage can be switched off; the toggle then lasts for one page.
    }
  };

  let choice = read();

  const apply = () => {
    const root = document.documentElement;
    if (choice === "auto") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", choice);
  };

  const label = (button) => {
    button.textContent = `Theme: ${choice}`;
  };

  const next = () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Nothing to do: see read().
    }
    apply();
    document.dispatchEvent(new Event("auditor:theme"));
  };

  apply();
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    label(button);
    button.addEventListener("click", () => {
      next();
      label(button);
    });
  });
})();
