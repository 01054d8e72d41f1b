// Side work that has piled up: how its outcomes are told, and what becomes of those that cannot be.

const WOOCOMMERCE = 'woocommerce/woocommerce.php';

export const sideWork = {
  'side work of several orders is told at once': together,
  'what was done and cannot be told is not called failed': untold,
};

/** Money that came while nobody could do anything about it. */
async function piledUp(desk, count) {
  const orders = Array.from({ length: count }, () => desk.sells());
  desk.site.do('deactivate', { plugins: [WOOCOMMERCE] });
  for (const { coinpay } of orders) {
    await desk.site.gateway(`/payments/${coinpay.payment.payment_id}/pay`, {});
  }
  await desk.site.gateway('/webhooks/flush', {});
  desk.site.do('activate', { plugins: [WOOCOMMERCE] });
  return orders.map(({ id }) => id);
}

async function together(desk, checks) {
  const ids = await piledUp(desk, 3);
  desk.site.do('timer');
  checks.same(
    'all are paid',
    ids.map((id) => desk.order(id).status),
    ids.map(() => 'processing'),
  );
  const work = desk.site.do('side_work', { ids });
  const open = work.filter(({ state }) => !['completed', 'void'].includes(state));
  checks.same('nothing waits', open, []);
  const commits = desk.site.do('common_commits', { ids });
  checks.that('of all three in one commit', commits.includes(3), commits.join());
}

async function untold(desk, checks) {
  const ids = await piledUp(desk, 1);
  checks.same('the store refuses', desk.site.do('refuse_done', { refuse: true }), { made: true });
  desk.site.do('timer');
  checks.same('it was done', desk.order(ids[0]).status, 'processing');
  const held = desk.site.do('side_work', { ids }).filter(({ state }) => state === 'claimed');
  checks.that('nobody knows', held.length > 0);
  checks.same(
    'nothing is said to have failed',
    held.map(({ error }) => error),
    held.map(() => null),
  );
  desk.site.do('refuse_done', { refuse: false });
  desk.site.do('side_work', { ids, lease_is_over: true });
  desk.site.do('timer');
  const states = new Set(desk.site.do('side_work', { ids }).map(({ state }) => state));
  checks.same('told by who has it next', [...states], ['completed']);
  const came = desk.order(ids[0]).notes.filter((note) => note.includes('Transactions:'));
  checks.same('done once', came.length, 1);
}
