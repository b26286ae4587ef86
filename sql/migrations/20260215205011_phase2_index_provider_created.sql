-- Phase 2, after the base migration: the index of the soak queries, where the table is too big for a plain build.
-- Elsewhere the base migration has built it, and this does nothing.
--
-- Paste it alone: a build that lets writers go on can't be in a transaction, nor share a paste. It waits for
-- the transactions that are open now. If it takes longer than the editor or the statement timeout allows, it
-- leaves an index that is not valid: run the base migration again, which drops that, and then this file with
-- psql "$DSN" -c 'set statement_timeout = 0' -f ...

create index concurrently if not exists idx_ai_training_examples_provider_created
  on public.ai_training_examples (selected_provider, created_at desc);
