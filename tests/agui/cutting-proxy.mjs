// A proxy that loses its temper: answer after answer, it stops in the middle of a frame.
import http from "node:http";

const INSIDE = '"delta":"';

/**
 * `cuts` is what happens to the first answers, in turn: `{how, after}`, with `how` one of
 * `lost` (no answer at all), `broken` (the connection breaks), `ended` (a clean end, as some gateways
 * make), `silent` (nothing more comes). All but `lost` let at least `after` bytes of the body through
 * and then stop inside a frame. The answers after those come whole.
 */
export async function cuttingProxy(upstream, cuts) {
  const asked = [];
  const server = http.createServer((request, answer) => {
    const { method, url, headers } = request;
    asked.push({ method, lastEventId: headers["last-event-id"] ?? null });
    const cut = cuts[asked.length - 1];
    const onward = http.request(upstream + url, { method, headers }, (response) => {
      if (cut?.how === "lost") return stop(cut);
      answer.writeHead(response.statusCode, response.headers);
      passOn(response, cut);
    });
    const stop = ({ how }) => {
      onward.destroy();
      if (how === "ended") answer.end();
      else if (how !== "silent") answer.destroy();
    };
    const passOn = (response, { how, after } = {}) => {
      let passed = Buffer.alloc(0);
      response.on("data", (chunk) => {
        const all = Buffer.concat([passed, chunk]);
        const place = how ? all.indexOf(INSIDE, after) : -1;
        if (place < 0) answer.write(chunk);
        else if (place >= passed.length) answer.write(all.subarray(passed.length, place), () => stop({ how }));
        passed = all;
        if (place >= 0) response.removeAllListeners("data");
      });
      response.on("end", () => answer.end());
    };
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((open) => server.listen(0, "127.0.0.1", open));
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}
