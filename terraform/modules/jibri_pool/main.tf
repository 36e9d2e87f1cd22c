# Recorders: one lesson each, never of the kind that AWS may take back (Spot).

locals {
  statements = [
    {
      Sid      = "FolderOfRecordings"
      Effect   = "Allow"
      Action   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      Resource = "arn:aws:elasticfilesystem:${var.cell.region}:${var.cell.account_id}:file-system/${var.file_system_id}"
    },
    {
      Sid       = "OwnFigures"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "Darasa/${var.cell.name}" } }
    },
  ]
}

module "pool" {
  source              = "../pool"
  cell                = var.cell
  role                = "jibri"
  image_id            = var.image_id
  instance_type       = var.instance_type
  vpc_id              = var.vpc_id
  subnet_ids          = var.subnet_ids
  bounds              = var.bounds
  scaled_by_timetable = true
  kms_key_arn         = var.kms_key_arn
  secrets             = ["xmpp", "jibri-hooks"]
  statements_json     = jsonencode(local.statements)
  settings = merge({
    DARASA_SHARDS      = join(",", sort(var.shard_hosts))
    DARASA_FOLDER      = var.file_system_id
    DARASA_FOLDER_DOOR = var.access_point_id
  }, var.settings)
  # As long as a double lesson; whoever still records asks for more.
  drain = { seconds = 7200, queue_arn = var.drain_queue_arn, role_arn = var.drain_role_arn }

  ingress = { for kind, id in var.client_security_group_ids : "orders-${kind}" => {
    description = "Orders and questions from ${kind}", protocol = "tcp", from = 2222, to = 2222, security_group_id = id
  } }

  egress = {
    inside = { description = "Shards, bridges, Darasa, the folder", protocol = "-1", cidr = var.cidr }
    https  = { description = "The lesson's page, AWS's interfaces", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
    media  = { description = "Bridges by their public addresses", protocol = "udp", from = 10000, to = 10000, cidr = "0.0.0.0/0" }
  }
}
