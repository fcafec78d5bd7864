// Where the keyboard goes on when what it was on has gone.

// After the next drawing. Who has gone elsewhere meanwhile is left there.
export function catchFocus(selector) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) document.querySelector(selector)?.focus({ preventScroll: true });
    }),
  );
}

// After the next drawing, wherever people are: what they asked for goes on there.
export function focusOn(selector) {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(selector)?.focus()));
}

// For a mistake: to the first field that has one.
export function focusWrong(form) {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(`${form} [aria-invalid="true"]`)?.focus()));
}
