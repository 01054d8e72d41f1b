// The payment method in WooCommerce's checkout block, without a build step.
(function () {
  'use strict';

  const { registerPaymentMethod } = window.wc.wcBlocksRegistry;
  const { createElement: element, useEffect, useState } = window.wp.element;
  const { decodeEntities } = window.wp.htmlEntities;
  const data = window.wc.wcSettings.getSetting('coinpay_data', {});
  const coins = data.coins || [];

  function Content({ eventRegistration, emitResponse }) {
    const [coin, choose] = useState(coins.length > 0 ? coins[0].code : '');
    const { onPaymentSetup } = eventRegistration;
    useEffect(
      () =>
        onPaymentSetup(() =>
          coin === ''
            ? { type: emitResponse.responseTypes.ERROR, message: data.choose }
            : {
                type: emitResponse.responseTypes.SUCCESS,
                meta: { paymentMethodData: { [data.field]: coin } },
              },
        ),
      [onPaymentSetup, emitResponse.responseTypes, coin],
    );
    const options = coins.map(({ code, label }) =>
      element('option', { key: code, value: code }, label),
    );
    return element(
      'div',
      { className: 'coinpay-block' },
      data.description ? element('p', null, decodeEntities(data.description)) : null,
      element('label', { htmlFor: 'coinpay-coin' }, data.coinLabel),
      ' ',
      element(
        'select',
        { id: 'coinpay-coin', value: coin, onChange: (event) => choose(event.target.value) },
        options,
      ),
      element('p', null, data.next),
    );
  }

  const preview = element('p', null, data.next);
  registerPaymentMethod({
    name: 'coinpay',
    label: element('span', null, decodeEntities(data.title || 'CoinPay')),
    ariaLabel: decodeEntities(data.title || 'CoinPay'),
    content: element(Content),
    edit: preview,
    canMakePayment: () => coins.length > 0,
    supports: { features: data.supports || ['products'] },
  });
})();
