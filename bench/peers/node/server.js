// fastify and ioredis, which sends the commands of one event-loop turn as one pipeline. These are
// the latest major versions for node 18, which two of the three distributions have.
import Fastify from "fastify";
import Redis from "ioredis";

const redis = new Redis({ port: Number(process.env.REDIS_PORT), enableAutoPipelining: true });
const server = Fastify();

server.get("/count", async (request, reply) => {
  reply.type("text/plain");
  return `${await redis.incr("visits")}\n`;
});

await server.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
