# What keeps: key, buckets, folder, network, database, names of secrets. Rarely applied, never destroyed.

module "residency" {
  source = "../../modules/residency"
  env    = var.env
  zone   = var.zone
}

locals {
  cell        = module.residency.cell
  zone        = module.residency.zone
  environment = module.residency.environment
  secrets     = ["secret-key", "jitsi", "jitsi-hooks", "jibri-hooks", "xmpp", "turn", "turn-certificate", "mail"]
}

module "kms" {
  source = "../../modules/kms"
  cell   = local.cell
}

module "network" {
  source             = "../../modules/network"
  cell               = local.cell
  availability_zones = local.zone.availability_zones
  kms_key_arn        = module.kms.key_arn
}

module "recordings" {
  source          = "../../modules/recordings"
  cell            = local.cell
  buckets         = local.environment.buckets
  kms_key_arn     = module.kms.key_arn
  s3_endpoint_id  = module.network.s3_endpoint_id
  retention_days  = local.zone.retention_days
  noncurrent_days = local.zone.noncurrent_days
  site            = "https://classroom.${local.environment.domain}"
}

module "folder" {
  source      = "../../modules/folder"
  cell        = local.cell
  vpc_id      = module.network.vpc_id
  cidr        = module.network.cidr
  subnet_ids  = module.network.private_subnet_ids
  kms_key_arn = module.kms.key_arn
}

module "secrets" {
  source      = "../../modules/secrets"
  cell        = local.cell
  names       = local.secrets
  kms_key_arn = module.kms.key_arn
}

module "database" {
  source      = "../../modules/database"
  cell        = local.cell
  vpc_id      = module.network.vpc_id
  cidr        = module.network.cidr
  subnet_ids  = module.network.private_subnet_ids
  kms_key_arn = module.kms.key_arn
  multi_az    = var.env == "production"
}

# What the runtime needs to know. It reads no state of ours, and ours is nobody's to write.
resource "aws_ssm_parameter" "this" {
  name        = "/vc/${var.env}/${var.zone}/foundation"
  description = "The foundation of ${local.cell.name}, for its runtime"
  type        = "String"

  value = jsonencode({
    schema              = 1
    cell                = local.cell
    kms_key_arn         = module.kms.key_arn
    buckets             = module.recordings.buckets
    vpc_id              = module.network.vpc_id
    cidr                = module.network.cidr
    public_subnet_ids   = module.network.public_subnet_ids
    private_subnet_ids  = module.network.private_subnet_ids
    inner_zone_id       = module.network.inner_zone_id
    inner_domain        = module.network.inner_domain
    file_system_id      = module.folder.file_system_id
    access_point_id     = module.folder.access_point_id
    database            = module.database.identifier
    database_address    = module.database.address
    database_secret_arn = module.database.secret_arn
  })
}
