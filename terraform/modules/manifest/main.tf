# What Darasa reads of its cell as it starts; whatever is not of its own zone it refuses.

locals {
  manifest = {
    schema          = 1
    cell            = var.cell.name
    env             = var.cell.env
    zone            = var.cell.zone
    region          = var.cell.region
    account_id      = var.cell.account_id
    kms_key_arn     = var.kms_key_arn
    buckets         = var.buckets
    pools           = { for kind, pool in var.pools : kind => { for key, value in pool : key => value if value != null } }
    drain_queue_url = var.drain_queue_url
    queue           = var.queue
    hosts           = var.hosts
    metrics         = "Darasa/${var.cell.name}"
  }
}

resource "aws_ssm_parameter" "this" {
  name        = var.parameter
  description = "The cell ${var.cell.name}, for Darasa"
  type        = "String"
  value       = jsonencode(local.manifest)
}
