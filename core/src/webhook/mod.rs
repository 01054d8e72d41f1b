//! Webhooks: is it authentic, and what does it say. Knows nothing of orders.
