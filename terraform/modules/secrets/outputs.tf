output "prefix" {
  description = "What the names of the cell's secrets begin with."
  value       = "${var.cell.name}/"
}

output "names" {
  value = sort([for secret in aws_secretsmanager_secret.this : secret.name])
}
