"use strict";
(() => {
  const main = document.querySelector("main");
  const { state, statusUrl, waitMs, changed, unreachable } = main.dataset;
  const note = document.getElementById("note");
  const clock = document.getElementById("left");
  let nextMs = Number(waitMs);
  let busy = false;
  let pollTimer, clockTimer, endsAt;

  const say = (text) => {
    if (note.textContent !== text) note.textContent = text;
  };

  const stateOf = ({ status, hint, missing, payment }) =>
    JSON.stringify([status, hint, missing, payment ? payment.address : null]);

  const poll = async () => {
    if (!statusUrl || busy) return;
    clearTimeout(pollTimer);
    busy = true;
    try {
      const headers = { accept: "application/json" };
      const answer = await fetch(statusUrl, { cache: "no-store", headers });
      const order = answer.ok && (await answer.json());
      if (!order || !order.hint) throw new Error("no status");
      if (stateOf(order) !== state) {
        say(changed);
        location.reload();
        return;
      }
      if (order.payment) run(order.payment.seconds_left);
      nextMs = order.poll_after_ms || Number(waitMs);
      say("");
    } catch {
      nextMs = Math.min(nextMs * 2, 60000);
      say(unreachable);
    }
    busy = false;
    pollLater();
  };

  const pollLater = () => {
    pollTimer = setTimeout(() => document.hidden || poll(), nextMs);
  };

  const tick = () => {
    const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left) return;
    clearInterval(clockTimer);
    poll();
  };

  const run = (seconds) => {
    clearInterval(clockTimer);
    if (!clock || !(seconds > 0)) return;
    endsAt = performance.now() + seconds * 1000;
    clockTimer = setInterval(tick, 1000);
  };

  for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      say(button.dataset.done);
    };
  }
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  if (clock) run(Number(clock.dataset.seconds));
  pollLater();
})();
