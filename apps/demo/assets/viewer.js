// All that the viewer does in the browser; without it the pages work, with times in UTC.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Instants in the reader's own zone, which each names: within one list it may change between
// winter and summer time. The UTC stays in the title.
const format = new Intl.DateTimeFormat(
  document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang,
  {
    dateStyle: "medium",
    timeStyle: "long",
  },
);
for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = format.format(new Date(time.dateTime));
}

// The days of a new search are those of the reader's zone.
for (const field of document.querySelectorAll("input[name=zone]")) field.value = zone;

// An empty field has no place in an address that is shared.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const dated = form.querySelectorAll("input[type=date]");
    const unused = [...dated].every((field) => field.value === "")
      ? "input[type=date], input[name=zone]"
      : null;
    if (unused) for (const field of form.querySelectorAll(unused)) field.disabled = true;
    // Coming back to the page, the fields are there again.
    setTimeout(() =>
      form.querySelectorAll(":disabled").forEach((field) => (field.disabled = false)),
    );
  });
}
