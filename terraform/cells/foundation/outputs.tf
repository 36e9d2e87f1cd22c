output "cell" {
  value = local.cell
}

output "parameter" {
  value = aws_ssm_parameter.this.name
}

output "buckets" {
  value = module.recordings.buckets
}

output "secrets" {
  description = "To be filled, before the runtime is applied."
  value       = module.secrets.names
}

output "nat_addresses" {
  value = module.network.nat_addresses
}
