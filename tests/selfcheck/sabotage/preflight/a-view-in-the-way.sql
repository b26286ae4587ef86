-- life:     A view of the routing table's name is in the way, which only applying the files shows in full.
-- catches:  release-applies-to-a-clone-of-the-target, release-names-are-free, routing-rows-fit-the-checks
-- holds:    gates-pass-on-the-clone, rollback-works-on-the-clone
-- warns:    rollout-keeps-no-writer-waiting
-- start:    before clean
-- asks:     clone
create view public.ai_provider_configs as select 1 as id;
