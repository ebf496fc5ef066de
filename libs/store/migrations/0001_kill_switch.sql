CREATE TABLE "kill_switches" (
	"scope" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"set_by" text NOT NULL,
	"reason" text NOT NULL,
	"changed_at" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000000)::bigint NOT NULL
);
