output "asg_name" {
  value = module.pool.asg_name
}

output "bounds" {
  value = module.pool.bounds
}

output "security_group_id" {
  value = module.pool.security_group_id
}
