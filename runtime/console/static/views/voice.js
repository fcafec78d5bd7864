// Saying a question instead of typing it: the words come back into the field, to be looked over.

import { call, Problem } from "../api.js";
import { duration, t } from "../i18n.js";
import { html, nothing } from "../lit.js";
import { canRecord, LONGEST_S, Recorder } from "../recorder.js";
import { onLeave } from "../router.js";
import { changed, say, state } from "../store.js";
import { mic } from "./icons.js";
import { problemNote } from "./notes.js";

const HELD_MS = 600;
const fresh = () => ({ step: "idle", recorder: null, problem: null, pressedAt: 0, pressed: false, into: null, turn: 0 });
const voice = fresh();

onLeave(drop);

// Whatever is under way: nobody listens any more, and no late answer is put anywhere.
function drop() {
  voice.recorder?.drop();
  Object.assign(voice, fresh(), { turn: voice.turn + 1 });
}

// `into` takes the words; nothing is shown where the server has nobody who could listen.
export function voiceButton(into) {
  if (!state.hears || !canRecord()) return nothing;
  const on = voice.step === "listening";
  const busy = voice.step === "understanding";
  if (on) ticking();
  return html`<button type="button" class=${on ? "quiet speaking" : "quiet"} aria-pressed=${on ? "true" : "false"} aria-disabled=${busy ? "true" : "false"} title=${t("speakWhy")}
    @pointerdown=${(event) => pressed(event, into)} @pointerup=${released} @pointercancel=${cancelled} @click=${() => clicked(into)}>
    ${mic()}<span>${on ? t("speakEnd", { t: duration(voice.recorder.seconds) }) : t(busy ? "understanding" : "speak")}</span></button>`;
}

export function voiceNote() {
  return problemNote(voice.problem);
}

function ticking() {
  if (voice.recorder.seconds >= LONGEST_S) end();
  else setTimeout(changed, 250);
}

// A finger presses, and may hold; a key, and what reads the screen aloud, only click.
function pressed(event, into) {
  if (event.button) return;
  Object.assign(voice, { pressed: true, pressedAt: performance.now() });
  event.currentTarget.setPointerCapture(event.pointerId);
  toggle(into);
}

function released() {
  if (voice.step === "listening" && performance.now() - voice.pressedAt > HELD_MS) end();
}

// No click follows.
function cancelled() {
  voice.pressed = false;
  released();
}

function clicked(into) {
  if (!voice.pressed) toggle(into);
  voice.pressed = false;
}

function toggle(into) {
  if (voice.step === "listening") end();
  else if (voice.step === "idle") begin(into);
}

async function begin(into) {
  const turn = ++voice.turn;
  Object.assign(voice, { step: "asking", problem: null, into });
  changed();
  try {
    const recorder = await Recorder.begin();
    if (turn !== voice.turn) return recorder.drop();
    Object.assign(voice, { step: "listening", recorder });
    say(t("listening", { t: duration(LONGEST_S) }));
  } catch (error) {
    if (turn !== voice.turn) return;
    const denied = error.name === "NotAllowedError";
    const detail = t(denied ? "micDenied" : "micNone");
    Object.assign(voice, { step: "idle", problem: new Problem(0, { code: denied ? "MIC_DENIED" : "MIC_NONE", detail }) });
  }
  changed();
}

async function end() {
  const { turn, recorder, into } = voice;
  Object.assign(voice, { step: "understanding", recorder: null });
  changed();
  let problem = null;
  try {
    into(await words(recorder.end()));
    say(t("heardWords"));
  } catch (refused) {
    problem = refused;
  }
  if (turn === voice.turn) Object.assign(voice, { step: "idle", problem });
  changed();

  async function words(recording) {
    if (!recording) throw new Problem(0, { code: "AGENT_AUDIO_EMPTY" });
    const form = new FormData();
    form.append("audio", recording, "voice.wav");
    const { text } = await call("POST", "/agent/transcriptions", form);
    return turn === voice.turn ? text : "";
  }
}

// Behind what stands in the field, no more than it holds, with the cursor at the end.
export function spoken(id, before, text) {
  const field = document.getElementById(id);
  const whole = before.trim() ? `${before.trimEnd()} ${text}` : text;
  field?.focus();
  return whole.slice(0, field?.maxLength > 0 ? field.maxLength : undefined);
}
