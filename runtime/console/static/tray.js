// Files on their way into a message: looked at here, brought to the server, taken back again.

import { Problem, upload } from "./api.js";
import { t } from "./i18n.js";
import { changed, say } from "./store.js";

export const MOST = 4;
const LARGEST = 10 * 1024 * 1024;
const TYPES = /^(image\/(jpeg|jpg|png|webp)|application\/(pdf|ogg)|audio\/(wav|wave|x-wav|vnd\.wave|mpeg|mp3|mp4|m4a|x-m4a|aac|ogg|opus|flac|x-flac))$/;
const SUFFIX = /\.(jpe?g|png|webp|pdf|wav|mp3|m4a|ogg|opus|flac)$/i;
export const ACCEPT = "image/jpeg,image/png,image/webp,application/pdf,.pdf,.wav,.mp3,.m4a,.ogg,.opus,.flac";

const LASTING = new Set([413, 415, 422]);

const trays = [];

// What was being added belongs to whoever leaves.
export function emptyTrays() {
  for (const tray of trays) tray.empty();
}

export class Tray {
  constructor() {
    Object.assign(this, { items: [], problem: null, over: false });
    trays.push(this);
  }

  // What the server answered for each, in order.
  get files() {
    return this.items.map((item) => item.file);
  }

  // Those that were refused take no room.
  get isFull() {
    return this.items.filter((item) => !item.refused).length >= MOST;
  }

  add(chosen) {
    this.problem = null;
    for (const blob of chosen) {
      if (this.isFull) {
        this.problem = refusal("AGENT_ATTACHMENTS_TOO_MANY");
        break;
      }
      const problem = wrongWith(blob);
      const picture = !problem && blob.type.startsWith("image/") ? URL.createObjectURL(blob) : null;
      const item = { blob, name: blob.name, picture, problem, refused: Boolean(problem), progress: 0, file: null, done: null };
      this.items.push(item);
      if (!problem) this.bring(item);
    }
    changed();
  }

  bring(item) {
    Object.assign(item, { problem: null, refused: false, progress: 0, stop: new AbortController() });
    item.done = this.brought(item);
    changed();
  }

  async brought(item) {
    const form = new FormData();
    form.append("file", item.blob, item.name);
    const onProgress = (share) => {
      item.progress = share;
      changed();
    };
    try {
      item.file = await upload("/agent/attachments", form, { onProgress, signal: item.stop.signal });
      say(t("fileThere", { name: item.name }));
    } catch (problem) {
      if (!item.stop.signal.aborted) Object.assign(item, { problem, refused: LASTING.has(problem.status) });
    }
    changed();
  }

  remove(item) {
    item.stop?.abort();
    if (item.picture) URL.revokeObjectURL(item.picture);
    this.items = this.items.filter((other) => other !== item);
    this.problem = null;
    changed();
  }

  empty() {
    for (const item of this.items) this.remove(item);
  }

  // Whether all that was added is with the server; waits for what is on its way.
  async ready() {
    await Promise.all(this.items.map((item) => item.done));
    const isWrong = this.items.some((item) => !item.file);
    this.problem = isWrong ? refusal("FILES_WRONG", t("filesWrong")) : null;
    changed();
    return !isWrong;
  }
}

function wrongWith(blob) {
  if (!TYPES.test(blob.type) && !SUFFIX.test(blob.name)) return refusal("AGENT_ATTACHMENT_UNSUPPORTED_TYPE");
  if (blob.size > LARGEST) return refusal("AGENT_ATTACHMENT_TOO_LARGE");
  return blob.size ? null : refusal("AGENT_ATTACHMENT_EMPTY");
}

function refusal(code, detail = "") {
  return new Problem(0, { code, detail });
}
