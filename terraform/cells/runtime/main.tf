# What runs. It can be destroyed and made again; what must not be lost is the foundation's.

module "residency" {
  source = "../../modules/residency"
  env    = var.env
  zone   = var.zone
}

locals {
  cell        = module.residency.cell
  zone        = module.residency.zone
  environment = module.residency.environment
  foundation  = jsondecode(data.aws_ssm_parameter.foundation.insecure_value)
  capacity    = local.environment.capacity
  roles       = concat(["app", "workers", "shard", "jibri", "turn"], [for colour in sort(tolist(var.bridge_colours)) : "jvb-${colour}"])
  image       = { for role, parameter in data.aws_ssm_parameter.image : role => parameter.insecure_value }
  clients     = { app = module.app.security_group_id, workers = module.workers.security_group_id }
  shard_hosts = values(module.signal_shard.hosts)
  inner_url   = "http://${module.edge.inner_host}:8000"

  # The pools whose number is Darasa's. Of two colours of bridges one follows the timetable.
  by_timetable = [
    "recorders@${local.cell.zone}=asg:${module.jibri_pool.asg_name}@${local.cell.region}",
    "bridges@${local.cell.zone}=asg:${module.jvb_pool[var.bridge_colour].asg_name}@${local.cell.region}",
  ]

  # Of Darasa's settings (docs/settings.md) those that are neither secret nor the same everywhere.
  settings = {
    PUBLIC_URL         = "https://${module.edge.hosts.app}"
    ALLOWED_HOSTS      = "${module.edge.hosts.app},${module.edge.inner_host}"
    INNER_URL          = local.inner_url
    JITSI_DOMAIN       = module.edge.hosts.meet
    STORAGE_BACKEND    = "s3"
    S3_BUCKET          = local.foundation.buckets.recordings
    S3_REGION          = local.cell.region
    S3_ZONES           = "${local.cell.zone}=${local.foundation.buckets.recordings}@${local.cell.region}"
    ZONE               = local.cell.zone
    WORK_ZONES         = local.cell.zone
    MACHINE_POOLS      = join(",", local.by_timetable)
    MACHINE_DEPARTURES = "${module.drain.queue_url}@${local.cell.region}"
    MACHINE_FIGURES    = "Darasa/${local.cell.name}@${local.cell.region}"
    TIME_ZONE          = local.zone.time_zone
    DATABASE_HOST      = local.foundation.database_address
    DATABASE_LOGIN     = local.foundation.database_secret_arn
    BROKER_HOST        = module.cache.addresses.broker
    CHANNELS_HOST      = module.cache.addresses.channels
    PROSODY_URL        = "http://${module.signal_shard.hosts[var.shard]}:5280"
    JICOFO_URL         = "http://${module.signal_shard.hosts[var.shard]}:8888"
    RECORDER_ENGINE    = "jibri"
    RECORDER_CAPACITY  = tostring(local.capacity.jibri.max)
    DARASA_FOLDER      = local.foundation.file_system_id
    DARASA_FOLDER_DOOR = local.foundation.access_point_id
  }
}

# Laid there by the foundation of this cell. Another cell's, put there by mistake or by malice, is refused.
data "aws_ssm_parameter" "foundation" {
  name = "/vc/${var.env}/${var.zone}/foundation"

  lifecycle {
    postcondition {
      condition     = jsondecode(self.insecure_value).cell == module.residency.cell
      error_message = "The foundation that was found is not that of this cell."
    }
    postcondition {
      condition     = startswith(jsondecode(self.insecure_value).kms_key_arn, "arn:aws:kms:${module.residency.cell.region}:${module.residency.cell.account_id}:")
      error_message = "The foundation names a key of another region or account."
    }
    postcondition {
      condition     = alltrue([for kind, name in jsondecode(self.insecure_value).buckets : name == module.residency.environment.buckets[kind]])
      error_message = "The foundation names a bucket that zones.json does not give to this cell."
    }
  }
}

# Laid there by whoever bakes images, after they were tried.
data "aws_ssm_parameter" "image" {
  for_each = toset(local.roles)
  name     = "/vc/${var.env}/${var.zone}/images/${each.key}"

  lifecycle {
    postcondition {
      condition     = startswith(self.insecure_value, "ami-")
      error_message = "That is no image."
    }
  }
}

module "drain" {
  source      = "../../modules/drain"
  cell        = local.cell
  kms_key_arn = local.foundation.kms_key_arn
}

module "edge" {
  source             = "../../modules/edge"
  cell               = local.cell
  domain             = local.environment.domain
  vpc_id             = local.foundation.vpc_id
  public_subnet_ids  = local.foundation.public_subnet_ids
  private_subnet_ids = local.foundation.private_subnet_ids
  inner_domain       = local.foundation.inner_domain
  inner_zone_id      = local.foundation.inner_zone_id
  cidr               = local.foundation.cidr
  log_bucket         = local.foundation.buckets.logs
}

module "cache" {
  source                    = "../../modules/cache"
  cell                      = local.cell
  vpc_id                    = local.foundation.vpc_id
  subnet_ids                = local.foundation.private_subnet_ids
  kms_key_arn               = local.foundation.kms_key_arn
  client_security_group_ids = local.clients
  replicas                  = var.env == "production" ? 1 : 0
}

module "app" {
  source                          = "../../modules/app"
  cell                            = local.cell
  image_id                        = local.image["app"]
  bounds                          = local.capacity.app
  vpc_id                          = local.foundation.vpc_id
  cidr                            = local.foundation.cidr
  subnet_ids                      = local.foundation.private_subnet_ids
  kms_key_arn                     = local.foundation.kms_key_arn
  buckets                         = local.foundation.buckets
  database_secret_arn             = local.foundation.database_secret_arn
  load_balancer_security_group_id = module.edge.security_group_id
  target_group_arns               = [module.edge.target_group_arns.app, module.edge.inner_target_group_arn]
  drain_queue_arn                 = module.drain.queue_arn
  settings                        = local.settings
}

module "workers" {
  source              = "../../modules/workers"
  cell                = local.cell
  image_id            = local.image["workers"]
  bounds              = local.capacity.workers
  vpc_id              = local.foundation.vpc_id
  cidr                = local.foundation.cidr
  subnet_ids          = local.foundation.private_subnet_ids
  kms_key_arn         = local.foundation.kms_key_arn
  buckets             = local.foundation.buckets
  database_secret_arn = local.foundation.database_secret_arn
  file_system_id      = local.foundation.file_system_id
  queue               = local.zone.queue
  drain_queue_arn     = module.drain.queue_arn
  drain_role_arn      = module.drain.role_arn
  settings            = local.settings
}

module "signal_shard" {
  source                          = "../../modules/signal_shard"
  cell                            = local.cell
  shards                          = var.shards
  shard                           = var.shard
  image_id                        = local.image["shard"]
  vpc_id                          = local.foundation.vpc_id
  cidr                            = local.foundation.cidr
  subnet_ids                      = local.foundation.private_subnet_ids
  kms_key_arn                     = local.foundation.kms_key_arn
  domain                          = local.foundation.inner_domain
  inner_zone_id                   = local.foundation.inner_zone_id
  load_balancer_security_group_id = module.edge.security_group_id
  target_group_arn                = module.edge.target_group_arns.meet
  settings = {
    PUBLIC_URL = "https://${module.edge.hosts.meet}"
    TURN_HOST  = module.turn.host
    DARASA_URL = local.inner_url
  }
}

module "jvb_pool" {
  source                    = "../../modules/jvb_pool"
  for_each                  = var.bridge_colours
  cell                      = local.cell
  colour                    = each.key
  image_id                  = local.image["jvb-${each.key}"]
  bounds                    = local.capacity.jvb
  vpc_id                    = local.foundation.vpc_id
  cidr                      = local.foundation.cidr
  subnet_ids                = local.foundation.public_subnet_ids
  kms_key_arn               = local.foundation.kms_key_arn
  client_security_group_ids = local.clients
  shard_hosts               = local.shard_hosts
  drain_queue_arn           = module.drain.queue_arn
  drain_role_arn            = module.drain.role_arn
}

module "jibri_pool" {
  source                    = "../../modules/jibri_pool"
  cell                      = local.cell
  image_id                  = local.image["jibri"]
  bounds                    = local.capacity.jibri
  vpc_id                    = local.foundation.vpc_id
  cidr                      = local.foundation.cidr
  subnet_ids                = local.foundation.private_subnet_ids
  kms_key_arn               = local.foundation.kms_key_arn
  client_security_group_ids = local.clients
  shard_hosts               = local.shard_hosts
  file_system_id            = local.foundation.file_system_id
  access_point_id           = local.foundation.access_point_id
  drain_queue_arn           = module.drain.queue_arn
  drain_role_arn            = module.drain.role_arn
  settings                  = { PUBLIC_URL = "https://${module.edge.hosts.meet}", DARASA_URL = local.inner_url }
}

module "turn" {
  source      = "../../modules/turn"
  cell        = local.cell
  image_id    = local.image["turn"]
  vpc_id      = local.foundation.vpc_id
  cidr        = local.foundation.cidr
  subnet_ids  = local.foundation.public_subnet_ids
  kms_key_arn = local.foundation.kms_key_arn
  host        = "turn.${local.environment.domain}"
  zone_id     = module.edge.zone_id
}

locals {
  bridges = { for colour, pool in module.jvb_pool : "jvb-${colour}" => pool }
  pools = merge(
    { for kind, pool in local.bridges : kind => { asg = pool.asg_name, min = pool.bounds.min, max = pool.bounds.max, participants = pool.participants } },
    { for kind, pool in { app = module.app, workers = module.workers, jibri = module.jibri_pool } :
      kind => { asg = pool.asg_name, min = pool.bounds.min, max = pool.bounds.max, participants = null }
    },
  )
}

module "observability" {
  source        = "../../modules/observability"
  cell          = local.cell
  kms_key_arn   = local.foundation.kms_key_arn
  pools         = { for kind, pool in local.pools : kind => pool.asg }
  drain_queues  = { queue = module.drain.queue_name, dead = module.drain.dead_queue_name }
  database      = local.foundation.database
  load_balancer = module.edge.load_balancer_suffix
  caches        = module.cache.names
}

module "manifest" {
  source          = "../../modules/manifest"
  cell            = local.cell
  parameter       = local.environment.manifest
  buckets         = local.foundation.buckets
  kms_key_arn     = local.foundation.kms_key_arn
  pools           = local.pools
  drain_queue_url = module.drain.queue_url
  queue           = local.zone.queue
  hosts           = merge(module.edge.hosts, { turn = module.turn.host })
}
