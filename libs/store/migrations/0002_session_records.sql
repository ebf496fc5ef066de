CREATE TABLE "session_records" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"record" json NOT NULL
);
--> statement-breakpoint
ALTER TABLE "session_records" ADD CONSTRAINT "session_records_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;