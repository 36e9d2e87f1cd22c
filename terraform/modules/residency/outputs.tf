output "cell" {
  description = "What every other module asks for."
  value = {
    name       = "darasa-${var.env}-${var.zone}"
    env        = var.env
    zone       = var.zone
    region     = data.aws_region.here.name
    account_id = data.aws_caller_identity.here.account_id
  }
}

output "zone" {
  description = "The zone's entry in zones.json."
  value       = local.zone
}

output "environment" {
  description = "The environment's entry there."
  value       = local.environment
}
