// Stands before "Deactivate" in WordPress's list of plugins, for one plugin or for several at once,
// and asks what is to become of the payment records. Nothing is switched off unless the answer was
// stored.
(function () {
  'use strict';

  const dialog = document.getElementById('coinpay-leaving');
  if (!dialog || !dialog.showModal) return;
  const { url, action, nonce, network, plugin, failed } = dialog.dataset;
  const open = dialog.querySelector('#coinpay-leaving-open');
  const go = dialog.querySelector('[value=go]');
  const choices = [...dialog.querySelectorAll('[type=radio]')];
  const counting = open.textContent;
  let told = null;
  let proceed = null;

  async function post(fields) {
    const body = new URLSearchParams({ action, network, _ajax_nonce: nonce, ...fields });
    const answer = await fetch(url, { method: 'POST', body, credentials: 'same-origin' });
    const { success, data } = await answer.json();
    if (!success && answer.status !== 409) throw new Error(`status ${answer.status}`);
    return { stored: success, data };
  }

  function say(words) {
    const paragraphs = words.map((text) => {
      const paragraph = document.createElement('p');
      paragraph.textContent = text;
      return paragraph;
    });
    open.replaceChildren(...paragraphs);
  }

  /** How many orders are open. What cannot be counted cannot be deleted. */
  function show(data) {
    told = data.told;
    say(data.words);
    for (const choice of choices) {
      choice.disabled = choice.value !== 'keep' && told === null;
      if (choice.disabled && choice.checked) choices[0].checked = true;
    }
  }

  async function ask(then) {
    proceed = then;
    told = null;
    choices[0].checked = true;
    go.disabled = true;
    say([counting]);
    dialog.showModal();
    choices[0].focus();
    try {
      show((await post({})).data);
      go.disabled = false;
    } catch {
      say([failed]);
    }
  }

  async function answer() {
    const { value } = choices.find((choice) => choice.checked);
    go.disabled = true;
    try {
      const { stored, data } = await post({ choice: value, told: String(told) });
      if (stored) {
        proceed();
        return;
      }
      // More has come since it was counted: that is another question.
      show(data);
      choices[0].checked = true;
    } catch {
      say([failed]);
    }
    go.disabled = false;
  }

  dialog.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    answer();
  });
  dialog.querySelector('[value=cancel]').addEventListener('click', () => dialog.close());

  const row = `[data-plugin="${CSS.escape(plugin)}"]`;
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target.closest(`${row} .deactivate a`);
      if (!link || event.button !== 0 || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      ask(() => window.location.assign(link.href));
    },
    true,
  );

  let isAnswered = false;
  document.addEventListener(
    'submit',
    (event) => {
      const form = event.target;
      if (form.id !== 'bulk-action-form' || isAnswered) return;
      const chosen = new FormData(form);
      if (chosen.get('action') !== 'deactivate-selected') return;
      if (!chosen.getAll('checked[]').includes(plugin)) return;
      event.preventDefault();
      event.stopPropagation();
      const { submitter } = event;
      ask(() => {
        isAnswered = true;
        form.requestSubmit(submitter);
      });
    },
    true,
  );
})();
