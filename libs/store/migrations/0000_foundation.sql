CREATE TABLE "alerts" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"session_id" uuid,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"message" text NOT NULL,
	"facts" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"facts" json NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"index" integer NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"payload" json NOT NULL,
	CONSTRAINT "decisions_session_id_seq_index_pk" PRIMARY KEY("session_id","seq","index")
);
--> statement-breakpoint
CREATE TABLE "equity" (
	"session_id" uuid NOT NULL,
	"at" bigint NOT NULL,
	"equity" bigint NOT NULL,
	"cash" bigint NOT NULL,
	"realized" bigint NOT NULL,
	"unrealized" bigint NOT NULL,
	"fees" bigint NOT NULL,
	CONSTRAINT "equity_session_id_at_pk" PRIMARY KEY("session_id","at")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"session_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"payload" json NOT NULL,
	CONSTRAINT "events_session_id_seq_pk" PRIMARY KEY("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "executions" (
	"session_id" uuid NOT NULL,
	"execution_id" text NOT NULL,
	"client_order_id" text NOT NULL,
	"at" bigint NOT NULL,
	"quantity" integer NOT NULL,
	"legs" json NOT NULL,
	"fees" bigint NOT NULL,
	"realized" bigint NOT NULL,
	"cash_change" bigint NOT NULL,
	CONSTRAINT "executions_session_id_execution_id_pk" PRIMARY KEY("session_id","execution_id")
);
--> statement-breakpoint
CREATE TABLE "locks" (
	"account" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"pid" integer NOT NULL,
	"host" text NOT NULL,
	"backend_pid" integer NOT NULL,
	"since" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000000)::bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"created_at" bigint NOT NULL,
	"scope" text NOT NULL,
	"kind" text NOT NULL,
	"status" text DEFAULT 'candidate' NOT NULL,
	"metrics" json NOT NULL,
	"parameters" json NOT NULL,
	"artifact" text NOT NULL,
	"artifact_hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"session_id" uuid NOT NULL,
	"client_order_id" text NOT NULL,
	"broker_order_id" text,
	"underlying" text NOT NULL,
	"status" text NOT NULL,
	"type" text NOT NULL,
	"limit_price" double precision,
	"quantity" integer NOT NULL,
	"filled_quantity" integer NOT NULL,
	"legs" json NOT NULL,
	"strategy" text,
	"reason" text,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "orders_session_id_client_order_id_pk" PRIMARY KEY("session_id","client_order_id")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"session_id" uuid NOT NULL,
	"id" text NOT NULL,
	"seq" bigint NOT NULL,
	"index" integer NOT NULL,
	"kind" text NOT NULL,
	"payload" json NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"broker_order_id" text,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"changed_at" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000000)::bigint NOT NULL,
	CONSTRAINT "outbox_session_id_id_pk" PRIMARY KEY("session_id","id"),
	CONSTRAINT "outbox_order" UNIQUE("session_id","seq","index")
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"session_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"quantity" integer NOT NULL,
	"average_price" double precision NOT NULL,
	"multiplier" integer NOT NULL,
	"mark" double precision,
	"unrealized" bigint,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "positions_session_id_symbol_pk" PRIMARY KEY("session_id","symbol")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"parameters" json NOT NULL,
	"result" json,
	"started_at" bigint NOT NULL,
	"finished_at" bigint
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account" text NOT NULL,
	"date" date NOT NULL,
	"run" integer NOT NULL,
	"mode" text NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"settings" json NOT NULL,
	"result" json,
	"started_at" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000000)::bigint NOT NULL,
	"finished_at" bigint,
	"committed_seq" bigint DEFAULT 0 NOT NULL,
	"segment" integer DEFAULT 0 NOT NULL,
	"segment_bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "sessions_account_date_run" UNIQUE("account","date","run")
);
--> statement-breakpoint
CREATE TABLE "trials" (
	"run_id" uuid NOT NULL,
	"index" integer NOT NULL,
	"parameters" json NOT NULL,
	"metrics" json NOT NULL,
	CONSTRAINT "trials_run_id_index_pk" PRIMARY KEY("run_id","index")
);
--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "equity" ADD CONSTRAINT "equity_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "executions" ADD CONSTRAINT "executions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_session" ON "alerts" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "executions_recent" ON "executions" USING btree ("session_id","at");--> statement-breakpoint
CREATE INDEX "models_recent" ON "models" USING btree ("scope","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "models_one_champion" ON "models" USING btree ("scope") WHERE status = 'champion';--> statement-breakpoint
CREATE INDEX "orders_recent" ON "orders" USING btree ("session_id","created_at");--> statement-breakpoint
CREATE INDEX "outbox_open" ON "outbox" USING btree ("session_id","status") WHERE status in ('pending', 'sending');--> statement-breakpoint
CREATE INDEX "runs_recent" ON "runs" USING btree ("kind","started_at");