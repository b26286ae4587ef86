-- life:     A constraint of another table is renamed.
create table public.shop (id bigint, constraint shop_key primary key (id));
alter table public.shop rename constraint shop_key to shop_pkey;
