// A static page: the checkout is a Worker's, the URI and the picture are made here.
import { fromUnits, paymentUri, pollStatus, qrSvg, toUnits } from 'coinpay-embed';

const worker = new URLSearchParams(location.search).get('worker');
const show = (id, text) => (document.getElementById(id).textContent = text);

async function buy() {
  const cart = { article: 'mug', cartId: crypto.randomUUID(), blockchain: 'BTC' };
  const answer = await fetch(`${worker}/checkout/crypto`, {
    method: 'POST',
    body: JSON.stringify(cart),
  });
  const order = await answer.json();
  if (!answer.ok) return show('status', order.error);
  const units = toUnits(order.cryptoAmount, 8);
  const uri = order.uri ?? paymentUri(order.blockchain, order.address, units);
  show('amount', `${fromUnits(units, 8)} BTC`);
  document.getElementById('wallet').href = uri;
  document.getElementById('code').innerHTML = qrSvg(uri);
  document.body.dataset.paymentId = order.paymentId;
  await pollStatus(`${worker}${order.statusUrl}`, (status) => {
    show('status', status.status);
    return ['paid', 'fulfilled'].includes(status.status);
  });
}

document.getElementById('buy').addEventListener('click', buy);
