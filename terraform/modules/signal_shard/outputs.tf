output "hosts" {
  description = "Shard → its name inside."
  value       = { for shard in var.shards : shard => "${shard}.${var.domain}" }
}

output "instance_ids" {
  value = { for shard, machine in aws_instance.this : shard => machine.id }
}
