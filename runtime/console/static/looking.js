// What people have looked at: its last line stood on the screen for as long as a glance takes.

const GLANCE_MS = 1000;
// On a phone the bar of pages lies over the end of the screen.
const BAR = "0px 0px -64px 0px";

// Gives what an element is watched by, as a `ref`; `looked` is told its `item`, once.
export function watching(looked) {
  const glances = new Map(); // by the elements on the screen: the timer of each

  const observer = new IntersectionObserver(
    (entries) => entries.forEach(({ target, isIntersecting }) => (isIntersecting ? begin(target) : drop(target))),
    { threshold: 0.9, rootMargin: BAR },
  );

  function begin(element) {
    clearTimeout(glances.get(element));
    glances.set(element, document.hidden ? null : setTimeout(() => end(element), GLANCE_MS));
  }

  function drop(element) {
    clearTimeout(glances.get(element));
    glances.delete(element);
  }

  function end(element) {
    drop(element);
    observer.unobserve(element);
    if (element.isConnected) looked(element.item);
  }

  // Behind another window nobody looks, and a glance begins anew.
  document.addEventListener("visibilitychange", () => [...glances.keys()].forEach(begin));

  return (element) => element && observer.observe(element);
}
