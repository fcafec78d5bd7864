// What the page knows, and the one way to have it drawn again.

export const state = {
  route: { name: "cast", id: null },
  online: navigator.onLine,
  reachable: true, // whether the server answered when it was asked last
  toast: null,
  said: "", // what a screen reader is told next
  points: null, // {balance, prices}
  unread: 0,
  hears: false, // whether the server makes words of a recording
};

let draw = () => {};
let asked = false;

export function drawnBy(fn) {
  draw = fn;
}

// Many changes between two frames are one drawing.
export function changed() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

export function set(members) {
  Object.assign(state, members);
  changed();
}

export function say(text) {
  set({ said: text });
}

let toastTimer;

export function toast(text) {
  clearTimeout(toastTimer);
  set({ toast: text });
  toastTimer = setTimeout(() => set({ toast: null }), 4000);
}
