// The shop's own tables, in memory: enough to run the routes beside it.
let count = 0;

const table = () => {
  const rows = new Map();
  return {
    findById: async (id) => rows.get(id),
    async create(row) {
      const created = { id: `order_${(count += 1)}`, ...row };
      rows.set(created.id, created);
      return created;
    },
    update: async (id, fields) => void Object.assign(rows.get(id), fields),
  };
};

const events = new Map();

export const db = {
  carts: {
    findById: async (id) => ({ id, userId: 'anna', items: [{ sku: 'mug', qty: 2, price: 12.5 }] }),
  },
  orders: table(),
  webhookEvents: {
    exists: async (id) => events.has(id),
    create: async (event) => void events.set(event.eventId, event),
  },
};
