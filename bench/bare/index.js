// The floor: what a request costs workerd before any work is done for it.
export default {
  async fetch(request) {
    if (request.body) await request.arrayBuffer();
    return new Response("ok");
  },
};
