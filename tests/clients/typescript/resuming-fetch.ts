/**
 * A `fetch` for HttpAgent that survives a line that drops:
 *
 *     new HttpAgent({ url, headers, fetch: resumingFetch() })
 *
 * A run goes on without its viewer. So when its stream breaks off, goes quiet or ends too early, this
 * asks for the rest with Last-Event-ID and hands the agent one body, of whole frames, each once.
 * A POST that was never answered is sent again: its runId makes it the same run, charged once.
 */
export function resumingFetch({ fetch = globalThis.fetch, tries = 8, pauseMs = 500, quietMs = 45_000 } = {}) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const { threadId, runId } = JSON.parse(init.body as string);
    const left = new AbortController();
    const signal = init.signal ? AbortSignal.any([init.signal, left.signal]) : left.signal;
    let lastId: string | null = null;
    let failures = 0;

    function ask() {
      if (lastId === null) return fetch(url, { ...init, signal });
      const rest = new URL(`sessions/${threadId}/events?runId=${runId}`, url);
      return fetch(rest, { headers: { ...(init.headers as Record<string, string>), "Last-Event-ID": lastId }, signal });
    }

    async function answer(mayPass: Set<number>): Promise<Response> {
      for (;;) {
        try {
          const response = await ask();
          if (!mayPass.has(response.status)) return response;
          throw new Error(`HTTP ${response.status}: ${await response.text()}`);
        } catch (error) {
          await patience(error);
        }
      }
    }

    async function* spliced(response: Response): AsyncGenerator<string> {
      while (response.status !== 204) {
        if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
        let broken: unknown = new Error("the stream ended before its run");
        try {
          for await (const frame of framesOf(response.body!, quietMs)) {
            const id = /^id: (.+)$/m.exec(frame)?.[1];
            if (id) [lastId, failures] = [id, 0];
            yield frame;
            if (LAST_EVENT.test(frame)) return;
          }
        } catch (error) {
          broken = error;
        }
        await patience(broken);
        response = await answer(MAY_PASS);
      }
    }

    async function patience(error: unknown) {
      if (failures >= tries) throw error;
      await pause(Math.min(pauseMs * 2 ** failures++, 10_000), signal);
    }

    // What the server says to the POST itself, also a refusal, is for the agent to hear at once.
    const first = await answer(new Set());
    if (!first.headers.get("content-type")?.startsWith("text/event-stream")) return first;
    return new Response(streamOf(spliced(first), left), { headers: first.headers });
  };
}

const LAST_EVENT = /^data: \{"type":"(RUN_FINISHED|RUN_ERROR)"/m;
// What another try may get past: too many streams, a server on its way down or up.
const MAY_PASS = new Set([408, 425, 429, 502, 503, 504]);

/** The whole frames of a body; a torn one at its end is dropped, for it comes again. */
async function* framesOf(body: ReadableStream<Uint8Array>, quietMs: number): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  try {
    for (let torn = ""; ; ) {
      const { done, value } = await within(quietMs, reader.read());
      if (done) return;
      const frames = (torn + value).split("\n\n");
      torn = frames.pop()!;
      for (const frame of frames) yield `${frame}\n\n`;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** A heartbeat comes every 15 s: a line that is quiet for much longer is dead. */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => (clearTimeout(timer), reject(signal.reason));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

function streamOf(frames: AsyncGenerator<string>, left: AbortController): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(body) {
      const { done, value } = await frames.next();
      if (done) body.close();
      else body.enqueue(encoder.encode(value));
    },
    cancel: () => left.abort(),
  });
}
