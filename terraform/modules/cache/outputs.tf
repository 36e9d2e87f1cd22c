output "addresses" {
  description = "broker and channels → host name."
  value       = { for kind, group in aws_elasticache_replication_group.this : kind => group.primary_endpoint_address }
}

output "names" {
  value = { for kind, group in aws_elasticache_replication_group.this : kind => group.replication_group_id }
}
