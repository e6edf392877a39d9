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

// The days of a new search are those of the reader's zone. One that is shown keeps its own: it would find others.
const dates = document.querySelector(".dates");
if (dates !== null) {
  const fields = [...dates.querySelectorAll("input[type=date]")];
  const zoned = dates.querySelector("input[name=zone]");
  const isNew = () => fields.every(({ value }) => value === "");
  if (isNew()) {
    zoned.value = zone;
    dates.querySelector(".zone").textContent = zone;
  }
  zoned.form.addEventListener("submit", ({ submitter }) => {
    if (submitter?.name === "days") {
      zoned.value = zone;
    } else if (isNew()) {
      // An empty field has no place in an address that is shared.
      dates.disabled = true;
      // Coming back to the page, the fields are there again.
      setTimeout(() => (dates.disabled = false));
    }
  });
}

// Subjects and senders, for the rows that are seen: a few at a time, and a row that gets none stays as it is.
const AT_A_TIME = 4;
const wanted = new Set();
const unasked = new Set(document.querySelectorAll(".head"));
let asking = 0;

async function askNext() {
  const [head] = wanted;
  if (asking >= AT_A_TIME || head === undefined) return;
  asking += 1;
  wanted.delete(head);
  unasked.delete(head);
  seen.unobserve(head.closest("tr"));
  try {
    const answer = await fetch(head.dataset.from);
    if (answer.status === 200) {
      const { subject, from } = await answer.json();
      head.querySelector(".subject").textContent = subject;
      head.querySelector(".sender").textContent = from;
    }
  } catch {
    // The list does without.
  }
  asking -= 1;
  void askNext();
}

// A row that was scrolled past waits for nobody.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    const head = target.querySelector(".head");
    if (!isIntersecting) wanted.delete(head);
    else {
      wanted.add(head);
      void askNext();
    }
  }
});
for (const head of unasked) seen.observe(head.closest("tr"));

// Paper does not scroll. Printing waits for nobody either: what comes too late is there for the next print.
addEventListener("beforeprint", () => {
  // All are wanted now, and what is told of one that is not seen would take it back.
  seen.disconnect();
  seen.takeRecords();
  for (const head of unasked) {
    wanted.add(head);
    void askNext();
  }
});

// Print and download tell days of the reader's zone.
for (const link of document.querySelectorAll("a[data-zoned]")) {
  const address = new URL(link.href);
  address.searchParams.set("in", zone);
  link.href = address.href;
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  // Browsers offer the clipboard to pages that came by https or from this machine.
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.textContent = button.dataset.words;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
    // Whoever hears the page hears the button's own name, which stays.
    button.previousElementSibling.textContent = button.dataset.copied;
  });
}

// While the focus is in the mail, no pseudo-class of ours matches its frame.
const frame = document.querySelector(".frame");
const markFrame = () =>
  frame?.parentElement.classList.toggle("focused", document.activeElement === frame);
// Some browsers move the focus only after they have told of it.
for (const event of ["blur", "focus"]) addEventListener(event, () => setTimeout(markFrame));
