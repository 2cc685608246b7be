import cors from "cors";
import express from "express";
import helmet from "helmet";
import pg from "pg";
import pino from "pino";
import { z } from "zod";

const log = pino();
const pool = new pg.Pool();
const Order = z.object({ id: z.number(), article: z.string() });
const app = express();
app.use(helmet(), cors(), express.json());

app.post("/orders", async (request, response) => {
  const order = Order.parse(request.body);
  await pool.query("insert into orders values ($1, $2)", [order.id, order.article]);
  log.info(order);
  response.status(201).json(order);
});

app.listen(8080);
