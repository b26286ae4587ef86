-- life:     An experiment wrote a routing strategy of its own into old rows.
-- catches:  telemetry-rows-fit-the-checks
-- object:   public.ai_training_examples.route_strategy
-- start:    before half-applied
update public.ai_training_examples set route_strategy = 'random' where source = 'publish';
