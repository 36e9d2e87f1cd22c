output "cell" {
  value = local.cell
}

output "manifest" {
  value = module.manifest.manifest
}

output "name_servers" {
  description = "For whoever runs the parent domain."
  value       = module.edge.name_servers
}

output "turn_addresses" {
  description = "For the firewalls of schools."
  value       = module.turn.addresses
}

output "alarms_topic" {
  value = module.observability.topic_arn
}

output "alarms" {
  value = module.observability.alarms
}
