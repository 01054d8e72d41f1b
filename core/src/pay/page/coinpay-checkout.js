// <coinpay-checkout>: brings the server's page to life, or shows it inside of another one. It makes
// no markup of its own: what it shows was written by the shop's server, and an address whose time
// is over is hidden until the server has answered.
"use strict";
customElements.get("coinpay-checkout") ||
  customElements.define("coinpay-checkout", class extends HTMLElement {
    static observedAttributes = ["src"];
    #root = this;
    #place = location.href;
    #step = 0;
    #busy = false;
    #alive = false;
    #stop = new AbortController();
    #timers = {};

    connectedCallback() {
      this.#stop = new AbortController();
      const { signal } = this.#stop;
      const look = () => document.hidden || this.#soon(0);
      document.addEventListener("visibilitychange", look, { signal });
      addEventListener("online", look, { signal });
      addEventListener("pageshow", (event) => event.persisted && look(), { signal });
      this.#alive = true;
      if (this.hasAttribute("src")) this.#embed();
      else this.#live();
    }

    disconnectedCallback() {
      this.#alive = false;
      this.#stop.abort();
      clearTimeout(this.#timers.poll);
      clearInterval(this.#timers.clock);
    }

    attributeChangedCallback(name, before, now) {
      if (this.#alive && now !== null && before !== now) this.#embed();
    }

    /** Alone in a page of the shop's: shows the page at `src`, which has to be of this origin. */
    #embed() {
      const place = new URL(this.getAttribute("src"), document.baseURI);
      if (place.origin !== location.origin) throw new TypeError("src is of another origin");
      this.#place = place.href;
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).append(document.createElement("slot"));
        this.#root = this.shadowRoot;
        this.#root.addEventListener("submit", (event) => this.#submit(event));
      }
      this.#show(fetch(this.#place, this.#options()));
    }

    /** Forms inside of another page answer in place. */
    #submit(event) {
      event.preventDefault();
      const { target, submitter } = event;
      submitter.disabled = true;
      const body = new URLSearchParams(new FormData(target));
      this.#show(fetch(target.action, { ...this.#options(), method: "POST", body }))
        .finally(() => { submitter.disabled = false; });
    }

    #options = () => ({
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(20000),
    });

    /** Takes the checkout out of a page that the server wrote. */
    async #show(asked) {
      try {
        const answer = await asked;
        // The policy of this page would refuse the other's style even where nobody looks at it.
        const style = /<style[^>]*>([^<]*)<\/style>/;
        const text = await answer.text();
        const page = new DOMParser().parseFromString(text.replace(style, ""), "text/html");
        const found = answer.ok && page.querySelector("coinpay-checkout");
        if (!found) throw new Error("no checkout in the answer");
        const held = this.#root.contains((this.shadowRoot ?? document).activeElement);
        for (const link of found.querySelectorAll("form")) link.action = new URL(
          link.getAttribute("action"), this.#place);
        Object.assign(this.dataset, found.dataset);
        if (this.shadowRoot && !this.shadowRoot.adoptedStyleSheets.length) this.#dress(text.match(style));
        if (!this.shadowRoot) document.title = page.title;
        const note = this.#root.querySelector(".note");
        this.#root.replaceChildren(...found.childNodes);
        if (note) this.#root.querySelector(".note").replaceWith(note);
        const headline = this.#root.querySelector("h1");
        this.#say(headline.textContent, true);
        if (held) headline.focus();
        this.#step = 0;
        this.#live();
        const detail = { ...this.#parts() };
        this.dispatchEvent(new CustomEvent("coinpay-change", { bubbles: true, detail }));
      } catch {
        this.#say(this.dataset.unreachable ?? "");
        this.#later();
      }
    }

    #dress(style) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style?.[1] ?? "");
      this.shadowRoot.adoptedStyleSheets = [sheet];
    }

    #parts() {
      const [status, hint] = JSON.parse(this.dataset.state ?? "[]");
      return { status, hint };
    }

    #find = (selector) => this.#root.querySelector(selector);

    #say(text, aloud = false) {
      const note = this.#find(".note");
      if (!note) return;
      note.classList.toggle("aloud", aloud);
      if (note.textContent !== text) note.textContent = text;
    }

    /** Sets going what the markup describes. */
    #live() {
      const clock = this.#find("[role=timer]");
      this.#run(Number(clock?.dataset.seconds));
      for (const button of navigator.clipboard ? this.#root.querySelectorAll("[data-copy]") : []) {
        button.hidden = false;
        button.onclick = () => this.#copy(button);
      }
      this.#later();
    }

    async #copy(button) {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        this.#say(button.dataset.done);
      } catch {
        // Not allowed to: what is to be copied is marked instead.
        getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      }
    }

    /** Waits longer the longer nothing happens, each time a little off, so that nobody asks in step. */
    #later(least = 0) {
      const usual = Number(this.dataset.waitMs) || 5000;
      const most = Math.max(usual, 60000);
      const pause = Math.min(most, usual * 1.3 ** Math.max(0, this.#step - 5));
      this.#soon(Math.max(least, pause * (0.9 + Math.random() / 5)));
    }

    #soon(pause) {
      clearTimeout(this.#timers.poll);
      if (!pause) this.#step = 0;
      this.#timers.poll = setTimeout(() => document.hidden || this.#look(), pause);
    }

    async #look() {
      const { statusUrl, state, unreachable } = this.dataset;
      if (this.#busy) return;
      if (!statusUrl) return this.hasAttribute("src") && this.#show(fetch(this.#place, this.#options()));
      this.#busy = true;
      let least = 0;
      try {
        const place = new URL(statusUrl, this.#place);
        const answer = await fetch(place, this.#options());
        least = 1000 * (Number(answer.headers.get("retry-after")) || 0);
        const order = answer.ok && (await answer.json());
        if (!order?.hint) throw new Error("no status");
        const { status, hint, missing, payment } = order;
        const now = JSON.stringify([status, hint, missing, payment?.address ?? null]);
        if (now !== state) {
          this.#say(this.dataset.changed);
          await this.#show(fetch(this.#place, this.#options()));
          return;
        }
        this.#run(payment?.seconds_left ?? payment?.secondsLeft);
        if (this.#find(".note")?.textContent === unreachable) this.#say("");
        this.#step += 1;
      } catch {
        this.#step += 4;
        this.#say(unreachable);
      } finally {
        this.#busy = false;
      }
      this.#later(Math.min(least, 300000));
    }

    /** Counts down what the server said is left, by whichever clock of this machine is ahead. */
    #run(seconds) {
      clearInterval(this.#timers.clock);
      const clock = this.#find("[role=timer]");
      if (!clock || !(seconds >= 0)) return;
      const [since, at] = [performance.now(), Date.now()];
      const tick = () => {
        const gone = Math.max(performance.now() - since, Date.now() - at) / 1000;
        const left = Math.max(0, Math.ceil(seconds - gone));
        clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
        this.#find(".pay").hidden = !left;
        if (left) return;
        clearInterval(this.#timers.clock);
        if (seconds) this.#soon(1);
      };
      this.#timers.clock = setInterval(tick, 1000);
      tick();
    }
  });
