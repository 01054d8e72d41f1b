export async function shop() {}
